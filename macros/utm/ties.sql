{#- Last terms of an `order by` that decide between rows which the contract's own terms leave equal:
    by content, so that every run and every engine keeps the same row. -#}
{% macro tie_break(columns) -%}
    {%- for column in columns -%}
        {{ column }} desc nulls last{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- What a row of base_utm_sessions says, besides its key, its id and when it was last seen. -#}
{% macro session_content(alias) -%}
    {%- set columns = [
        'first_seen_at', 'visitor', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', 'click_id',
        'has_fbclid', 'referrer_host', 'user_agent', 'is_marked_bot', 'is_marked_returning', 'is_marked_converted', 'converted_at',
        'conversion_type', 'country', 'country_name', 'city', 'device_type', 'os_name', 'browser_name',
        'last_seen_at', 'utm_source_raw', 'utm_medium_raw', 'utm_campaign_raw', 'utm_content_raw', 'utm_term_raw',
    ] -%}
    {%- set named = [] -%}
    {%- for column in columns -%}{%- do named.append(alias ~ '.' ~ column) -%}{%- endfor -%}
    {{ return(named) }}
{%- endmacro %}
