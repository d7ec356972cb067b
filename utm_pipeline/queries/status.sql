/*
order:   230
title:   Стан даних | State of the data
about:   якого моменту дані, чи не застаріли, і доки їх передано | the data's instant, whether they are stale, and until when they came
example: --format json
*/
-- part: answer one
select
    as_of,
    cast($stale_because as varchar) is not null as stale,
    cast($stale_because as varchar) as stale_because,
    timezone as time_zone,
    cast($currency as varchar) as currency,
    (select max(run.refreshed_in_seconds) from rpt_run as run) as refreshed_in_seconds,
    cast($version as varchar) as version,
    cast($contract_version as varchar) as contract_version
from rpt_refresh;
-- part: tables many
select
    quality.table_name as "table",
    quality.data_until,
    cast(extract(epoch from refresh.as_of - quality.data_until) as double precision) / 3600 as silence_hours,
    cast(100 * quality.quarantined as double precision) / nullif(quality.read, 0) as quarantined_share
from rpt_data_quality as quality
cross join rpt_refresh as refresh
order by quality.position;
