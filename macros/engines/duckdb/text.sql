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

{% macro duckdb__trimmed(value) -%}
    nullif(trim({{ value }}, '{{ white_space() }}'), '')
{%- endmacro %}

{% macro duckdb__invisible_characters() -%}
    {{ return('[\\x{0000}-\\x{0008}\\x{000E}-\\x{001F}\\x{007F}-\\x{009F}\\x{00AD}\\x{061C}\\x{180E}\\x{200B}-\\x{200F}\\x{202A}-\\x{202E}\\x{2060}-\\x{206F}\\x{FEFF}\\x{FFF9}-\\x{FFFB}\\x{E0001}\\x{E0020}-\\x{E007F}]') }}
{%- endmacro %}

{% macro duckdb__white_space_run() -%}
    {{ return('[\\t-\\r \\x{00A0}]+') }}
{%- endmacro %}

{% macro duckdb__email_address() -%}
    {{ return('[\\p{L}\\p{N}._%+-]+@[\\p{L}\\p{N}-]+(?:\\.[\\p{L}\\p{N}-]+)+') }}
{%- endmacro %}

{% macro duckdb__url_pattern() -%}
    {{ return('^(?i:https?)://(?:[^/?#\\\\]*@)?(\\[[0-9a-fA-F:.]+\\]|[^/?#\\\\@:\\s\\x{00A0}]+)(?::[0-9]*)?(?:[/?#\\\\]|$)') }}
{%- endmacro %}
