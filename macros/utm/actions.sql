{#- Pre-hook of fct_actions: actions that are no longer kept, whose row is another now, or whose session
    is, go. -#}
{% macro forget_changed_actions(action_rows, session_ids) -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }} where action_id not in (
            select held.action_id
            from {{ this }} as held
            inner join {{ action_rows }} as action_rows
                on held.action_id = action_rows.action_id and held.row_version = action_rows.row_version
            inner join {{ session_ids }} as session_ids on action_rows.utm_session_id = session_ids.utm_session_id
            where held.session_id = session_ids.session_id and not session_ids.is_bot
        )
    {%- endif -%}
{%- endmacro %}
