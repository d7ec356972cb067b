{{ quarantined_rows('refunds', ref('base_refunds')) }}
