{#- UTM values (metrics.md 2). Most tags are clean already: one pattern lets them pass; the others go
    through every step in the contract's order. -#}
{% macro clean_tag(value) -%}
    case
        when {{ matches_whole(value, '[a-z0-9][a-z0-9_.-]{0,99}') }} then nullif(nullif(nullif({{ value }}, 'null'), 'none'), 'undefined')
        else {{ clean_tag_in_steps(value) }}
    end
{%- endmacro %}

{% macro clean_tag_in_steps(value) -%}
    {{ return(adapter.dispatch('clean_tag_in_steps', 'utm_pipeline')(value)) }}
{%- endmacro %}

{% macro default__clean_tag_in_steps(value) -%}
    {{ finished_tag(visible_tag(value), lowered_tag(visible_tag(value))) }}
{%- endmacro %}

{#- First steps: trimmed, without control and zero-width characters. -#}
{% macro visible_tag(value) -%}
    {{ replace_all(trimmed(value), invisible_characters(), '') }}
{%- endmacro %}

{#- Middle steps: addresses redacted, white space joined, lower-case, cut. -#}
{% macro lowered_tag(visible) -%}
    {{ cut(lower_simple(replace_all(replace_all(visible, email_address(), 'redacted'), white_space_run(), '_')), 255) }}
{%- endmacro %}

{#- Last step: what an ad platform left unexpanded, and words for nothing, are NULL. -#}
{% macro finished_tag(visible, lowered) -%}
    case
        when (left({{ visible }}, 1) = '{' and right({{ visible }}, 1) = '}' and length({{ visible }}) > 1)
            or {{ matches_whole(visible, '__[A-Z0-9_]+__') }} then null
        when {{ lowered }} in ('', 'null', 'none', 'undefined', '(not_set)') then null
        else {{ lowered }}
    end
{%- endmacro %}

{#- Host of an http(s) URL: lower-case, without user, port and trailing dot; NULL for anything else. -#}
{% macro url_host(url) -%}
    nullif({{ replace_all(lower_simple(extract_group(url, url_pattern())), '[.]+$', '') }}, '')
{%- endmacro %}

{#- Path of a page without what follows it: queries carry click ids, tokens and addresses. -#}
{% macro page_path(path) -%}
    case
        when {{ path }} like '%@%' or {{ path }} like '%?%' or {{ path }} like '%#%'
            then {{ replace_all(extract_group(path, '^([^?#]*)'), email_address(), 'redacted') }}
        else {{ path }}
    end
{%- endmacro %}

{#- The click id that a session carries, the first in the order of metrics.md 2; the seed
    click_id_sources says what each means. -#}
{% macro first_click_id() -%}
    case
        when gclid is not null then 'gclid'
        when msclkid is not null then 'msclkid'
        when ttclid is not null then 'ttclid'
        when fbclid is not null then 'fbclid'
    end
{%- endmacro %}
