-- Not more than half of what was read, or read anew, of sessions or of orders is invalid (metrics.md 2).
select
    table_name,
    read_anew,
    quarantined_anew
from {{ ref('rpt_run') }}
where loss = 'stop'
