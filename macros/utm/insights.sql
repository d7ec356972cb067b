{#- The columns of an insight of one kind, in the order that all kinds share: `given` holds SQL by column
    name, what it leaves out is NULL (metrics.md 8). -#}
{% macro insight(kind, given) -%}
    {%- set number = double_type() -%}
    {%- set columns = {
        'utm_source': 'text', 'other_source': 'text', 'sources': 'bigint', 'utm_campaign': 'text', 'utm_content': 'text',
        'cohort_start': 'date', 'size': 'bigint', 'sessions': 'bigint', 'previous_sessions': 'bigint',
        'other_sessions': 'bigint', 'conversions': 'bigint', 'conversion_rate': number, 'previous_conversion_rate': number,
        'ad_spend': 'decimal(38, 2)', 'ad_cost_per_conversion': number, 'retention': number, 'retention_high': number,
        'target': number, 'confidence': number, 'winner_lift': number, 'recommendation': 'text', 'weight': number,
    } -%}
    {%- set unknown = given | reject('in', columns) | list -%}
    {%- if unknown -%}
        {{ exceptions.raise_compiler_error('an insight has no column ' ~ unknown | join(', ')) }}
    {%- endif -%}
    {{ kind }} as kind
    {%- for column, type in columns.items() %},
        cast({{ given.get(column, 'null') }} as {{ type }}) as {{ column }}
    {%- endfor %}
{%- endmacro %}

{#- A source's name without what people write in several ways: `www.`, an ending such as `.com` or
    `.com.ua`, punctuation. Two names that come out alike look like one source. -#}
{% macro simplified_source(value) -%}
    {%- set known = '[.](com|net|org|info|biz|shop|store|online|site|app|co|in|укр)' -%}
    {%- set country = '[.][a-z]{2}' -%}
    {%- set bare = replace_all(value, '^www[.]', '') -%}
    {%- set bare = replace_all(bare, '(' ~ known ~ '(' ~ country ~ ')?|' ~ country ~ ')$', '') -%}
    {%- set marks = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~' -%}
    translate({{ bare }}, {{ literal(marks) }}, '')
{%- endmacro %}
