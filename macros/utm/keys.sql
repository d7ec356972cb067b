{#- Post-hook of a mart: fails the model where a key that one of its is_key tests names stands twice or is
    missing. Each of these tests as a node of its own would cost more than all that the engine does for it. -#}
{% macro check_keys() -%}
    {%- for test in graph.nodes.values() if test.resource_type == 'test' and test.attached_node == model.unique_id -%}
        {%- if test.test_metadata and test.test_metadata.name == 'is_key' -%}
            {%- set columns = test.test_metadata.kwargs.columns -%}
            {%- if run_query(test_is_key(this, columns) ~ ' limit 1').rows | length -%}
                {{ exceptions.raise_compiler_error('the key (' ~ columns | join(', ') ~ ') stands twice or is missing') }}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
