{{ quarantined_rows('orders', ref('base_orders')) }}
