{#- Join condition of rows of one A/B test: a period, and a campaign as a whole or in one source; rows
    without a campaign are a test too. -#}
{% macro same_test(one, other) -%}
    {{ one }}.period = {{ other }}.period and {{ one }}.scope = {{ other }}.scope
    and coalesce({{ one }}.utm_campaign, '') = coalesce({{ other }}.utm_campaign, '')
    and coalesce({{ one }}.utm_source, '') = coalesce({{ other }}.utm_source, '')
{%- endmacro %}
