-- Every raw row is kept, a duplicate, quarantined, or at as_of or later: four counts, each made by
-- itself, add up to the rows that the raw tables hold.
with quality as (

    select * from {{ ref('rpt_data_quality') }}

),

received as (

    select * from {{ ref('stg_raw_counts') }}

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
where quality.read is distinct from received.raw_rows
    or quality.read is distinct from quality.kept + quality.duplicates + quality.quarantined + quality.after_as_of
