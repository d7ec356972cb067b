-- Every raw row is kept, a duplicate, quarantined, or at as_of or later: four counts, each made by
-- itself, add up to the rows that the raw tables hold.
with quality as (

    select * from {{ ref('rpt_data_quality') }}

),

received as (

    select
        table_name,
        sum(raw_rows) as raw_rows
    from {{ ref('stg_raw_counts') }}
    group by table_name

)

select
    received.table_name,
    received.raw_rows,
    quality.read,
    quality.kept,
    quality.duplicates,
    quality.quarantined,
    quality.after_as_of
from received
full outer join quality on received.table_name = quality.table_name
where coalesce(quality.read, 0) <> coalesce(received.raw_rows, 0)
    or quality.read is distinct from quality.kept + quality.duplicates + quality.quarantined + quality.after_as_of
