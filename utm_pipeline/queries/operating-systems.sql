/*
order:   90
title:   Операційні системи | Operating systems
about:   сеанси й конверсії за системами | sessions and conversions per operating system
params:  period limit=10
example: --period month
*/
select value as os_name, sessions, conversions, conversion_rate
from rpt_technology
where period = $period and dimension = 'os_name'
order by sessions desc, value
limit $limit;
