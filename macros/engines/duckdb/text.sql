{% macro duckdb__matches_whole(value, pattern) -%}
    regexp_full_match({{ value }}, {{ literal(pattern) }})
{%- endmacro %}

{% macro duckdb__contains_pattern(value, pattern) -%}
    regexp_matches({{ value }}, {{ pattern }}, 'i')
{%- endmacro %}

{% macro duckdb__contains_any_word(value, words, at_start) -%}
    {%- set escaped = [] -%}
    {%- for word in words -%}{%- do escaped.append(modules.re.escape(word)) -%}{%- endfor -%}
    regexp_matches({{ value }}, {{ literal(('^' if at_start else '') ~ '(?:' ~ escaped | join('|') ~ ')') }}, 'i')
{%- endmacro %}

{% macro duckdb__replace_all(value, pattern, replacement) -%}
    regexp_replace({{ value }}, {{ literal(pattern) }}, {{ literal(replacement) }}, 'g')
{%- endmacro %}

{% macro duckdb__extract_group(value, pattern, group) -%}
    regexp_extract({{ value }}, {{ literal(pattern) }}, {{ group }})
{%- endmacro %}

{% macro duckdb__lower_simple(value) -%}
    lower({{ value }})
{%- endmacro %}

{% macro duckdb__upper_simple(value) -%}
    upper({{ value }})
{%- endmacro %}

{% macro duckdb__by_code_point(value) -%}
    {{ value }}
{%- endmacro %}

{% macro duckdb__stripped(value) -%}
    trim({{ value }}, '{{ white_space() }}')
{%- endmacro %}

{% macro duckdb__read_escapes(value) -%}
    case
        when contains({{ value }}, '%') and not regexp_matches({{ replace_all(value, escaped_character(), ' ') }}, '%[0-9A-Fa-f]{2}')
            then url_decode({{ value }})
        else {{ value }}
    end
{%- endmacro %}

{% macro duckdb__invisible_characters() -%}
    {{ return('[\\x{0000}-\\x{0008}\\x{000E}-\\x{001F}\\x{007F}-\\x{009F}\\x{200B}-\\x{200D}\\x{2060}\\x{FEFF}]') }}
{%- endmacro %}

{% macro duckdb__odd_characters() -%}
    {{ return('[^\\p{L}\\p{M}\\p{N}.-]+') }}
{%- endmacro %}

{% macro duckdb__email_address() -%}
    {{ return('[\\p{L}\\p{N}._%+-]+@[\\p{L}\\p{N}-]+(?:\\.[\\p{L}\\p{N}-]+)+') }}
{%- endmacro %}

{% macro duckdb__url_pattern() -%}
    {{ return('^(?i:https?)://(?:[^/?#]*@)?([\\p{L}\\p{N}._-]+)(?::[0-9]*)?(?:[/?#]|$)') }}
{%- endmacro %}

{% macro duckdb__app_pattern() -%}
    {{ return('^(?i:android-app)://([\\p{L}\\p{N}._-]+)(?:/|$)') }}
{%- endmacro %}
