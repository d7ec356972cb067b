/*
order:   60
title:   Географія | Geography
about:   сеанси й конверсії за країнами та містами | sessions and conversions per country, city
params:  period limit=15
example: --period month
*/
-- part: countries many
select country, code, sessions, conversions, conversion_rate
from rpt_countries
where period = $period
order by sessions desc, country, code nulls last
limit $limit;
-- part: cities many
select city, country, code, sessions, conversions, conversion_rate
from rpt_cities
where period = $period
order by sessions desc, city, country, code nulls last
limit $limit;
