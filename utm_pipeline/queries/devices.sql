/*
order:   70
title:   Пристрої | Devices
about:   сеанси й конверсії за пристроями | sessions and conversions per kind of device
params:  period limit
example: --period month
*/
select value as device_type, sessions, conversions, conversion_rate
from rpt_technology
where period = $period and dimension = 'device_type'
order by sessions desc, value
limit $limit;
