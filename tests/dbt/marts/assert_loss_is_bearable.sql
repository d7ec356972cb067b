-- Not more than half of what was read, or read anew, of sessions or of orders is invalid (metrics.md 2).
select *
from {{ ref('rpt_run') }}
where loss = 'stop'
