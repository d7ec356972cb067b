{#- Whole units of a cohort's type (day, week from Monday, month) from its start to a date. -#}
{% macro units_since(cohort_type, start, moment) -%}
    case {{ cohort_type }}
        when 'day' then {{ units_between('day', start, moment) }}
        when 'week' then {{ units_between('week', start, moment) }}
        else {{ units_between('month', start, moment) }}
    end
{%- endmacro %}
