{#- Text, one small macro for each difference between the engines. -#}

{#- True if the whole value matches the pattern (RE2 and POSIX common ground). -#}
{% macro matches_whole(value, pattern) -%}
    {{ return(adapter.dispatch('matches_whole', 'utm_pipeline')(value, pattern)) }}
{%- endmacro %}

{#- True if the pattern occurs in the value; `pattern` is an SQL expression, the case is ignored. -#}
{% macro contains_pattern(value, pattern) -%}
    {{ return(adapter.dispatch('contains_pattern', 'utm_pipeline')(value, pattern)) }}
{%- endmacro %}

{#- True if one of the words, in lower case, occurs in the value or begins it; the case is ignored. -#}
{% macro contains_any_word(value, words, at_start) -%}
    {{ return(adapter.dispatch('contains_any_word', 'utm_pipeline')(value, words, at_start)) }}
{%- endmacro %}

{% macro replace_all(value, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_all', 'utm_pipeline')(value, pattern, replacement)) }}
{%- endmacro %}

{#- The part of the value that a group of the pattern matched, else the empty text. -#}
{% macro extract_group(value, pattern, group=1) -%}
    {{ return(adapter.dispatch('extract_group', 'utm_pipeline')(value, pattern, group)) }}
{%- endmacro %}

{#- Lower-case by Unicode's simple mapping, one code point to one. -#}
{% macro lower_simple(value) -%}
    {{ return(adapter.dispatch('lower_simple', 'utm_pipeline')(value)) }}
{%- endmacro %}

{#- Upper-case, likewise. -#}
{% macro upper_simple(value) -%}
    {{ return(adapter.dispatch('upper_simple', 'utm_pipeline')(value)) }}
{%- endmacro %}

{#- The first `length` code points. -#}
{% macro cut(value, length) -%}
    left({{ value }}, {{ length }})
{%- endmacro %}

{#- An expression to sort text by code point. -#}
{% macro by_code_point(value) -%}
    {{ return(adapter.dispatch('by_code_point', 'utm_pipeline')(value)) }}
{%- endmacro %}

{#- White space of inputs.md: U+0009 to U+000D, U+0020, U+00A0. -#}
{% macro white_space() -%}
    {{ return('\t\n\x0b\x0c\r \xa0') }}
{%- endmacro %}

{#- Text without white space around it. -#}
{% macro stripped(value) -%}
    {{ return(adapter.dispatch('stripped', 'utm_pipeline')(value)) }}
{%- endmacro %}

{#- The same; empty is NULL. -#}
{% macro trimmed(value) -%}
    nullif({{ stripped(value) }}, '')
{%- endmacro %}

{% macro json_text(document, key) -%}
    ({{ document }} ->> {{ literal(key) }})
{%- endmacro %}

{#- Text with its percent escapes read as UTF-8; as it is where that gives none. -#}
{% macro read_escapes(value) -%}
    {{ return(adapter.dispatch('read_escapes', 'utm_pipeline')(value)) }}
{%- endmacro %}

{#- A percent escape of a whole character of UTF-8. Escapes give UTF-8 if none is left without those. -#}
{% macro escaped_character() -%}
    {{ return(
        '(?i)%[0-7][0-9A-F]|%(?:C[2-9A-F]|D[0-9A-F])%[89AB][0-9A-F]'
        ~ '|%(?:E0%[AB]|E[1-9ABCEF]%[89AB]|ED%[89])[0-9A-F]%[89AB][0-9A-F]'
        ~ '|%(?:F0%[9AB]|F[1-3]%[89AB]|F4%8)[0-9A-F](?:%[89AB][0-9A-F]){2}'
    ) }}
{%- endmacro %}

{#- Control characters (Unicode's Cc) other than white space, and those without width. -#}
{% macro invisible_characters() -%}
    {{ return(adapter.dispatch('invisible_characters', 'utm_pipeline')()) }}
{%- endmacro %}

{#- A run of other characters than letters, marks, numbers, `.` and `-`. -#}
{% macro odd_characters() -%}
    {{ return(adapter.dispatch('odd_characters', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro email_address() -%}
    {{ return(adapter.dispatch('email_address', 'utm_pipeline')()) }}
{%- endmacro %}

{#- http(s) URL; its first group is the host. -#}
{% macro url_pattern() -%}
    {{ return(adapter.dispatch('url_pattern', 'utm_pipeline')()) }}
{%- endmacro %}

{#- Address of an Android app; its first group is the name. -#}
{% macro app_pattern() -%}
    {{ return(adapter.dispatch('app_pattern', 'utm_pipeline')()) }}
{%- endmacro %}
