/*
order:   80
title:   Браузери | Browsers
about:   сеанси й конверсії за браузерами | sessions and conversions per browser
params:  period limit=10
example: --period month
*/
select value as browser_name, sessions, conversions, conversion_rate
from rpt_technology
where period = $period and dimension = 'browser_name'
order by sessions desc, value
limit $limit;
