{#- UTM values (metrics.md 2). Most tags are clean already: one pattern lets them pass (the last part of
    a value in parts holds no dot, so it is no mail host); the others go through every step in the
    contract's order. -#}
{% macro clean_tag(value) -%}
    case
        when length({{ value }}) <= 255 and {{ matches_whole(value, '[a-z0-9.-]+|(?:[a-z0-9.-]+_)+[a-z0-9-]+') }} then {{ without_nothing(value) }}
        else {{ clean_tag_in_steps(value, tag_words()) }}
    end
{%- endmacro %}

{% macro clean_tag_in_steps(value, words) -%}
    {{ return(adapter.dispatch('clean_tag_in_steps', 'utm_pipeline')(value, words)) }}
{%- endmacro %}

{% macro default__clean_tag_in_steps(value, words) -%}
    {{ finished_tag(visible_tag(value), lowered_tag(visible_tag(value)), words) }}
{%- endmacro %}

{#- First steps: trimmed, percent escapes read, without control and zero-width characters. -#}
{% macro visible_tag(value) -%}
    {{ replace_all(stripped(read_escapes(stripped(value))), invisible_characters(), '') }}
{%- endmacro %}

{#- Middle steps: addresses redacted, lower-case. -#}
{% macro lowered_tag(visible) -%}
    {{ lower_simple(replace_all(visible, email_address(), 'redacted')) }}
{%- endmacro %}

{#- Last steps: what an ad platform left unexpanded is NULL, what a site made of an address is redacted,
    the rest is reduced and cut. -#}
{% macro finished_tag(visible, lowered, words) -%}
    case
        when (left({{ visible }}, 1) = '{' and right({{ visible }}, 1) = '}')
            or {{ matches_whole(visible, '__[A-Z0-9_]+__') }}
            or {{ matches_whole(lower_simple(visible), words.placeholders) }} then null
        when {{ contains_pattern(lowered, literal(words.mail_hosts)) }} then 'redacted'
        else {{ without_nothing(reduced_tag(lowered)) }}
    end
{%- endmacro %}

{#- Every run of other characters than letters, marks, numbers, `.` and `-` is one `_`, at the ends none. -#}
{% macro reduced_tag(lowered) -%}
    trim(trailing '_' from {{ cut("trim(both '_' from " ~ replace_all(lowered, odd_characters(), '_') ~ ")", 255) }})
{%- endmacro %}

{#- Words for nothing are NULL. -#}
{% macro without_nothing(tag) -%}
    case when {{ tag }} not in ('', 'null', 'none', 'undefined', 'not_set') then {{ tag }} end
{%- endmacro %}

{#- Patterns made of the seeds that cleaning asks: a whole placeholder, and the end of an address whose @ a
    site has replaced. They are read while the model compiles, because engines compile constant patterns
    once; a model that cleans depends on both seeds. -#}
{% macro tag_words() -%}
    {{ return({
        'placeholders': '[]{}[_%]+(?:' ~ seed_alternatives('utm_placeholders', 'value') ~ ')[]{}[_%]+',
        'mail_hosts': '_(?:' ~ seed_alternatives('mail_hosts', 'host') ~ ')$',
    }) }}
{%- endmacro %}

{#- The values of a seed as alternatives of a pattern; `$.` matches nothing. -#}
{% macro seed_alternatives(seed, column) -%}
    {%- set found = [] -%}
    {%- set relation = load_relation(ref(seed)) if execute else none -%}
    {%- if relation is not none -%}
        {%- for row in run_query('select ' ~ column ~ ' from ' ~ relation ~ ' order by ' ~ column).rows -%}
            {%- do found.append(row[0].replace('.', '[.]')) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found | join('|') or '$.') }}
{%- endmacro %}

{#- Host of an http(s) URL, lower-case, without user, port and trailing dot, or name of an Android app;
    NULL for anything else. -#}
{% macro url_host(url) -%}
    nullif({{ replace_all(lower_simple(
        "case when " ~ url ~ " ilike 'android-app:%' then " ~ extract_group(url, app_pattern())
        ~ " else " ~ extract_group(url, url_pattern()) ~ " end"
    ), '[.]+$', '') }}, '')
{%- endmacro %}

{#- Path of a page without what follows it: queries carry click ids, tokens and addresses. An address
    in the path may have its @ escaped. -#}
{% macro page_path(path) -%}
    case
        when {{ path }} like '%@%' or {{ path }} like '%40%' or {{ path }} like '%?%' or {{ path }} like '%#%'
            then {{ replace_all(extract_group(path, '^([^?#]*)'), email_address() | replace('@', '(?:@|%40)'), 'redacted') }}
        else {{ path }}
    end
{%- endmacro %}

{#- The click ids that metrics.md 2 knows, in its order; the seed click_id_sources says what each means. -#}
{% macro click_ids() -%}
    {{ return(['gclid', 'gbraid', 'wbraid', 'msclkid', 'ttclid', 'twclid', 'li_fat_id', 'yclid', 'fbclid']) }}
{%- endmacro %}

{#- True if a session carries a click id: in its column, else in the query of its landing page. -#}
{% macro has_click_id(name) -%}
    ({{ name }} is not null or (
        coalesce(landing_page, '') like '%{{ name }}=%'
        and {{ extract_group('landing_page', '^[^?]*[?](?:[^#]*&)?' ~ name ~ '=([^&#])') }} <> ''
    ))
{%- endmacro %}

{#- The first click id that a session carries. -#}
{% macro first_click_id() -%}
    case
        {%- for name in click_ids() %}
        when {{ has_click_id(name) }} then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- True if a session carries fbclid and no tag that an ad would have. -#}
{% macro is_bare_fbclid(session) -%}
    (coalesce({{ session }}.has_fbclid, false) and coalesce({{ session }}.utm_campaign, {{ session }}.utm_content, {{ session }}.utm_term) is null)
{%- endmacro %}
