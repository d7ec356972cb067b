{#- A setting of the environment. It is read at execution only: read while parsing, each new value
    would make dbt parse every model anew. -#}
{% macro setting(name, default='') -%}
    {%- if execute -%}
        {{ return(env_var(name, default) or default) }}
    {%- else -%}
        {{ return(default) }}
    {%- endif -%}
{%- endmacro %}

{#- A text as an SQL literal. -#}
{% macro literal(value) -%}
    '{{ (value | string).replace("'", "''") }}'
{%- endmacro %}

{#- UTM_OWN_DOMAINS as a list of lower-case hosts without trailing dots; one with letters beyond ASCII
    in both of its forms, since a referrer may come in either. -#}
{% macro own_domains() -%}
    {%- set hosts = [] -%}
    {%- for host in setting('UTM_OWN_DOMAINS').lower().split(',') -%}
        {%- set host = host.strip().strip('.') -%}
        {%- if host -%}
            {%- set unicode = host.encode('ascii').decode('idna') if host.isascii() else host -%}
            {%- set ascii = host if host.isascii() else host.encode('idna').decode('ascii') -%}
            {%- for form in [unicode, ascii] if form not in hosts -%}{%- do hosts.append(form) -%}{%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(hosts) }}
{%- endmacro %}
