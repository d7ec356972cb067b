{% macro postgres__matches_whole(value, pattern) -%}
    ({{ value }} ~ {{ literal('^(?:' ~ pattern ~ ')$') }})
{%- endmacro %}

{% macro postgres__contains_pattern(value, pattern) -%}
    ({{ value }} ~* {{ pattern }})
{%- endmacro %}

{#- A regular expression of hundreds of words takes ten times as long here. -#}
{% macro postgres__contains_any_word(value, words, at_start) -%}
    {%- set likes = [] -%}
    {%- for word in words -%}
        {%- do likes.append(literal(('' if at_start else '%') ~ modules.re.sub('([%_])', '\\\\\\1', word) ~ '%')) -%}
    {%- endfor -%}
    lower({{ value }}) like any (array[{{ likes | join(', ') }}])
{%- endmacro %}

{% macro postgres__replace_all(value, pattern, replacement) -%}
    regexp_replace({{ value }}, {{ literal(pattern) }}, {{ literal(replacement) }}, 'g')
{%- endmacro %}

{#- Of several groups it gives the first: no caller asks for another. -#}
{% macro postgres__extract_group(value, pattern, group) -%}
    coalesce(substring({{ value }} from {{ literal(pattern) }}), '')
{%- endmacro %}

{#- `lower` follows the collation; the function that reading makes names one that maps as Unicode does. -#}
{% macro postgres__lower_simple(value) -%}
    {{ reading_schema() }}.lower_simple({{ value }})
{%- endmacro %}

{% macro postgres__upper_simple(value) -%}
    {{ reading_schema() }}.upper_simple({{ value }})
{%- endmacro %}

{% macro postgres__by_code_point(value) -%}
    ({{ value }}) collate "C"
{%- endmacro %}

{#- Text is compared by code point from its first reading on: what is made of it keeps the collation. -#}
{% macro postgres__stripped(value) -%}
    btrim(cast({{ value }} as text) collate "C", '{{ white_space() }}')
{%- endmacro %}

{#- NUL, which the server cannot hold, is read as another control character. -#}
{% macro postgres__read_escapes(value) -%}
    case
        when {{ value }} ~ '%[0-9A-Fa-f]{2}' and {{ replace_all(value, escaped_character(), ' ') }} !~ '%[0-9A-Fa-f]{2}' then (
            select convert_from(decode(string_agg(coalesce(part[1], encode(convert_to(part[2], 'UTF8'), 'hex')), '' order by nth), 'hex'), 'UTF8')
            from regexp_matches(replace({{ value }}, '%00', '%01'), '%([0-9A-Fa-f]{2})|([^%]+|%)', 'g') with ordinality as parts (part, nth)
        )
        else {{ value }}
    end
{%- endmacro %}

{% macro postgres__invisible_characters() -%}
    {{ return('[\\u0001-\\u0008\\u000E-\\u001F\\u007F-\\u009F\\u200B-\\u200D\\u2060\\uFEFF]') }}
{%- endmacro %}

{% macro postgres__odd_characters() -%}
    {{ return('[^A-Za-z0-9' ~ letters_and_digits() ~ marks() ~ '.-]+') }}
{%- endmacro %}

{#- No class of Unicode letters is the same in every collation, so they are listed. -#}
{% macro postgres__email_address() -%}
    {%- set letters = 'A-Za-z0-9' ~ letters_and_digits() -%}
    {{ return('[' ~ letters ~ '._%+-]+@[' ~ letters ~ '-]+(?:[.][' ~ letters ~ '-]+)+') }}
{%- endmacro %}

{% macro postgres__url_pattern() -%}
    {{ return('^[hH][tT][tT][pP][sS]?://(?:[^/?#]*@)?([A-Za-z0-9' ~ letters_and_digits() ~ '._-]+)(?::[0-9]*)?(?:[/?#]|$)') }}
{%- endmacro %}

{% macro postgres__app_pattern() -%}
    {{ return('^[aA][nN][dD][rR][oO][iI][dD]-[aA][pP][pP]://([A-Za-z0-9' ~ letters_and_digits() ~ '._-]+)(?:/|$)') }}
{%- endmacro %}
