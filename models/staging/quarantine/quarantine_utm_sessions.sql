{{ quarantined_rows('utm_sessions', ref('base_utm_sessions')) }}
