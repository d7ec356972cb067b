{#- Why a user agent is no person's, by the seed bot_user_agents; NULL if it may be one. The patterns
    are read from the seed while the model compiles, because engines compile constant patterns once
    and others once a row. Few user agents are bots', so all patterns are asked together first. -#}
{% macro bot_reason(user_agent) -%}
    {%- set relation = load_relation(ref('bot_user_agents')) if execute else none -%}
    {%- if relation is none -%}
        cast(null as {{ dbt.type_string() }})
    {%- else -%}
        {%- set patterns = {} -%}
        {%- for row in run_query('select reason, pattern from ' ~ relation ~ ' order by reason, pattern').rows -%}
            {%- do patterns.setdefault(row[0], []).append(row[1]) -%}
        {%- endfor -%}
        case
            when not ({{ matches_any(user_agent, patterns.values() | sum(start=[])) }}) then null
            {%- for reason, alternatives in patterns.items() %}
            when {{ matches_any(user_agent, alternatives) }} then {{ literal(reason) }}
            {%- endfor %}
        end
    {%- endif -%}
{%- endmacro %}

{#- True if one of the patterns occurs in the value. Plain words, and those at its beginning, are
    asked in bulk, the others in parts: an automaton of too many expressions outgrows the engine's
    memory and becomes many times slower. -#}
{% macro matches_any(value, patterns) -%}
    {%- set plain, parts, tests = {'^': [], '': []}, [], [] -%}
    {%- for pattern in patterns -%}
        {%- if modules.re.fullmatch('\\^?(?:[^][(){}?*+|^$.]|\\[[^]a-z0-9^]\\])+', pattern) -%}
            {%- do plain['^' if pattern[0] == '^' else ''].append(modules.re.sub('\\[(.)\\]', '\\1', pattern.lstrip('^'))) -%}
        {%- elif parts and (parts[-1] | join | length) + (pattern | length) < 800 -%}
            {%- do parts[-1].append(pattern) -%}
        {%- else -%}
            {%- do parts.append([pattern]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for words in plain.values() if words -%}
        {%- do tests.append(contains_any_word(value, words, words is sameas plain['^'])) -%}
    {%- endfor -%}
    {%- for part in parts -%}
        {%- do tests.append(contains_pattern(value, literal('(?:' ~ part | join(')|(?:') ~ ')'))) -%}
    {%- endfor -%}
    {{ tests | join(' or ') }}
{%- endmacro %}
