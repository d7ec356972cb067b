{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change=on_changed_columns(),
    pre_hook=["{{ read_one_snapshot() }}", "{{ prepare_row_ids() }}", "{{ forget_changed_rows('refunds') }}"],
) }}

-- depends on: {{ source('raw', 'refunds') }}
with raw_rows as (

    {{ new_raw_rows('refunds', this if is_incremental() else none) }}

),

final as (

    select
        {{ next_row_id() }} as row_id,
        file_version,
        invalid_reason,
        received,
        id as refund_id,
        order_id,
        amount,
        created as refunded_at
    from raw_rows

)

select * from final
