-- Every raw row is kept, a duplicate, quarantined, or at as_of or later: four counts, each made by
-- itself, add up to the rows that the files hold.
with quality as (

    select * from {{ ref('rpt_data_quality') }}

),

received as (
    {% for table in raw_table_list() %}
    select
        '{{ table }}' as table_name,
        {{ raw_row_count(table) }} as raw_rows
    {{ 'union all' if not loop.last }}
    {%- endfor %}

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
