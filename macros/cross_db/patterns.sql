{#- Patterns that need Unicode classes, which the engines write differently. -#}

{#- Control and format characters (Unicode's Cc and Cf) other than white space and the visible ones. -#}
{% macro invisible_characters() -%}
    {{ return(adapter.dispatch('invisible_characters', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro duckdb__invisible_characters() -%}
    {{ return('[\\x{0000}-\\x{0008}\\x{000E}-\\x{001F}\\x{007F}-\\x{009F}\\x{00AD}\\x{061C}\\x{180E}\\x{200B}-\\x{200F}\\x{202A}-\\x{202E}\\x{2060}-\\x{206F}\\x{FEFF}\\x{FFF9}-\\x{FFFB}\\x{E0001}\\x{E0020}-\\x{E007F}]') }}
{%- endmacro %}

{% macro postgres__invisible_characters() -%}
    {{ return('[\\u0001-\\u0008\\u000E-\\u001F\\u007F-\\u009F\\u00AD\\u061C\\u180E\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u206F\\uFEFF\\uFFF9-\\uFFFB\\U000E0001\\U000E0020-\\U000E007F]') }}
{%- endmacro %}

{% macro white_space_run() -%}
    {{ return(adapter.dispatch('white_space_run', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro duckdb__white_space_run() -%}
    {{ return('[\\t-\\r \\x{00A0}]+') }}
{%- endmacro %}

{% macro postgres__white_space_run() -%}
    {{ return('[\\u0009-\\u000D \\u00A0]+') }}
{%- endmacro %}

{% macro email_address() -%}
    {{ return(adapter.dispatch('email_address', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro duckdb__email_address() -%}
    {{ return('[\\p{L}\\p{N}._%+-]+@[\\p{L}\\p{N}-]+(?:\\.[\\p{L}\\p{N}-]+)+') }}
{%- endmacro %}

{#- No class of Unicode letters is the same in every collation, so they are listed. -#}
{% macro postgres__email_address() -%}
    {%- set letters = 'A-Za-z0-9' ~ letters_and_digits() -%}
    {{ return('[' ~ letters ~ '._%+-]+@[' ~ letters ~ '-]+(?:[.][' ~ letters ~ '-]+)+') }}
{%- endmacro %}

{#- http(s) URL; its first group is the host. -#}
{% macro url_pattern() -%}
    {{ return(adapter.dispatch('url_pattern', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro duckdb__url_pattern() -%}
    {{ return('^(?i:https?)://(?:[^/?#\\\\]*@)?(\\[[0-9a-fA-F:.]+\\]|[^/?#\\\\@:\\s\\x{00A0}]+)(?::[0-9]*)?(?:[/?#\\\\]|$)') }}
{%- endmacro %}

{% macro postgres__url_pattern() -%}
    {{ return('^[hH][tT][tT][pP][sS]?://(?:[^/?#\\\\]*@)?(\\[[0-9a-fA-F:.]+\\]|[^/?#\\\\@:\\u0009\\u000A\\u000C\\u000D \\u00A0]+)(?::[0-9]*)?(?:[/?#\\\\]|$)') }}
{%- endmacro %}
