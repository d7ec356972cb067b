{#- Why a user agent is no person's, by the seed bot_user_agents; NULL if it may be one. The patterns
    are read from the seed while the model compiles, because engines compile constant patterns once
    and others once a row. -#}
{% macro bot_reason(user_agent) -%}
    {%- set relation = load_relation(ref('bot_user_agents')) if execute else none -%}
    {%- if relation is none -%}
        cast(null as {{ dbt.type_string() }})
    {%- else -%}
        {%- set patterns = {} -%}
        {%- for row in run_query('select reason, pattern from ' ~ relation ~ ' order by reason, pattern').rows -%}
            {%- do patterns.setdefault(row[0], []).append('(?:' ~ row[1] ~ ')') -%}
        {%- endfor -%}
        case
            {%- for reason, alternatives in patterns.items() %}
            when {{ contains_pattern(user_agent, literal(alternatives | join('|'))) }} then {{ literal(reason) }}
            {%- endfor %}
        end
    {%- endif -%}
{%- endmacro %}
