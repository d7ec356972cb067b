{{ quarantined_rows('ad_spend', ref('base_ad_spend')) }}
