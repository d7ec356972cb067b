{#- Join condition of rows with their tag set: columns that may be absent, compared as equal when both
    are. A cleaned tag, click id or host is never the empty text, which stands for absence here. -#}
{% macro same_tag_set(rows, tag_sets, columns) -%}
    {%- for column in ['utm_source', 'utm_medium', 'utm_campaign', 'click_id', 'referrer_host'] -%}
        {{ "coalesce(" ~ rows ~ "." ~ column ~ ", '')" if column in columns else "''" }} = {{ tag_sets }}.{{ column }} and {{ ' ' }}
    {%- endfor -%}
    {{ is_bare_fbclid(rows) if 'click_id' in columns else 'false' }} = {{ tag_sets }}.is_bare_fbclid
{%- endmacro %}

{#- True if a host is one of UTM_OWN_DOMAINS or a subdomain of one. -#}
{% macro is_own_host(host) -%}
    {%- set hosts = own_domains() -%}
    {%- if not hosts -%}
        false
    {%- else -%}
        ({%- for own in hosts -%}
        {{ host }} = {{ literal(own) }} or right({{ host }}, {{ own | length + 1 }}) = {{ literal('.' ~ own) }}{{ ' or ' if not loop.last }}
        {%- endfor -%})
    {%- endif -%}
{%- endmacro %}
