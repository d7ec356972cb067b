{#- What a row that was read depends on besides itself: the key, the settings, the seeds and the code.
    When any of it changes, every file counts as new, so that nothing made by other rules is kept. Macros,
    which dbt's graph does not show, are the command line's: utm_pipeline/project.py. -#}
{% macro rules_version() -%}
    {%- set parts = [
        setting('UTM_TIMEZONE', 'Europe/Kyiv'),
        setting('UTM_OWN_DOMAINS'),
        run_query('select ' ~ keyed_hash("'rules'")).columns[0].values()[0],
    ] -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id') if node.resource_type in ('seed', 'model') -%}
        {%- do parts.append(node.checksum.checksum) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('|'))) }}
{%- endmacro %}

{#- A number that no other row of the reading models has: from a sequence, since numbering rows in
    one pass would keep an engine to one thread. The pre-hook of those models makes the sequence. -#}
{% macro next_row_id() -%}
    {{ return(adapter.dispatch('next_row_id', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__next_row_id() -%}
    nextval('{{ this.schema }}.{{ this.identifier }}_ids')
{%- endmacro %}

{% macro prepare_row_ids() -%}
    {{ return(adapter.dispatch('prepare_row_ids', 'utm_pipeline')()) }}
{%- endmacro %}

{% macro default__prepare_row_ids() -%}
    create sequence if not exists {{ this.schema }}.{{ this.identifier }}_ids
{%- endmacro %}

{#- A number that tells rows of different content apart; the same content gives the same number. -#}
{% macro row_version(columns) -%}
    {{ return(adapter.dispatch('row_version', 'utm_pipeline')(columns)) }}
{%- endmacro %}

{#- Pre-hook of fct_actions: actions that are no longer kept, whose row is another now, or whose session
    is, go. -#}
{% macro forget_changed_actions(kept_actions, session_id_map) -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }} where action_id not in (
            select held.action_id
            from {{ this }} as held
            inner join {{ kept_actions }} as kept_actions
                on held.action_id = kept_actions.action_id and held.row_version = kept_actions.row_version
            inner join {{ session_id_map }} as session_id_map on kept_actions.utm_session_id = session_id_map.utm_session_id
            where held.session_id = session_id_map.session_id and not session_id_map.is_bot
        )
    {%- endif -%}
{%- endmacro %}
