/*
order:   100
title:   Нові й повторні відвідування | First and returning visits
about:   скільки сеансів перші, скільки повторні | how many sessions are first, how many not
params:  period
example: --period month
*/
-- part: answer one
select
    total_sessions,
    first_visits,
    returning_visits,
    first_visits_rate,
    returning_visits_rate
from rpt_visitors
where period = $period;
