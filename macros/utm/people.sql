{#- Identifiers of people (metrics.md 3), normalised. -#}

{% macro normalised_email(email) -%}
    case when {{ email }} like '%@%' then {{ lower_simple(email) }} end
{%- endmacro %}

{#- Digits only, of the first number without its extension; Ukrainian forms get their country code; too
    short or one digit over is nobody's. -#}
{% macro normalised_phone(phone) -%}
    {%- set first = "split_part(" ~ replace_all(replace_all(phone, '^[^0-9]+', ''), '[;/#xX]|[дД][оО][бБдД]', ',') ~ ", ',', 1)" -%}
    {%- set digits = replace_all(replace_all(first, '[^0-9]', ''), '^00', '') -%}
    {%- set digits = replace_all(digits, '^810([0-9]{12})$', '\\1') -%}
    {%- set digits = replace_all(digits, '^3800([0-9]{9})$', '380\\1') -%}
    {%- set digits = replace_all(digits, '^(0[0-9]{9})$', '38\\1') -%}
    {%- set digits = replace_all(digits, '^(80[0-9]{9})$', '3\\1') -%}
    {%- set digits = replace_all(digits, '^([1-9][0-9]{8})$', '380\\1') -%}
    case
        when length({{ digits }}) >= 9 and right({{ digits }}, 9) <> repeat(right({{ digits }}, 1), 9) then {{ digits }}
    end
{%- endmacro %}
