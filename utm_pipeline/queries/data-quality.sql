/*
order:   220
title:   Якість даних | Data quality
about:   скільки рядків прочитано, прийнято, відкладено й чому | how many raw rows were read, kept, set aside, and why
params:  limit
example: --format json
*/
with reasons as (
    select
        table_name,
        array_agg(reason order by rows desc, reason) as reasons,
        array_agg(rows order by rows desc, reason) as reason_rows
    from rpt_data_quality_reasons
    group by table_name
)
select
    quality.table_name as "table",
    quality.read,
    quality.kept,
    quality.duplicates,
    quality.quarantined,
    quality.after_as_of,
    reasons.reasons,
    reasons.reason_rows
from rpt_data_quality as quality
left join reasons on quality.table_name = reasons.table_name
order by quality.table_name
limit $limit;
