{#- Identifiers of people (metrics.md 3), normalised. -#}

{% macro normalised_email(email) -%}
    case when {{ email }} like '%@%' then {{ lower_simple(email) }} end
{%- endmacro %}

{#- Digits only; Ukrainian forms get their country code; too short or one digit over is nobody's. -#}
{% macro normalised_phone(phone) -%}
    {%- set digits = replace_all(replace_all(phone, '[^0-9]', ''), '^00', '') -%}
    {%- set full = "(case
            when length(" ~ digits ~ ") = 10 and left(" ~ digits ~ ", 1) = '0' then '38' || " ~ digits ~ "
            when length(" ~ digits ~ ") = 11 and left(" ~ digits ~ ", 2) = '80' then '3' || " ~ digits ~ "
            when length(" ~ digits ~ ") = 9 and left(" ~ digits ~ ", 1) <> '0' then '380' || " ~ digits ~ "
            else " ~ digits ~ "
        end)" -%}
    case
        when length({{ full }}) >= 9 and right({{ full }}, 9) <> repeat(right({{ full }}, 1), 9) then {{ full }}
    end
{%- endmacro %}
