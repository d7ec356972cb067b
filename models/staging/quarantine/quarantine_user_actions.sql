{{ quarantined_rows('user_actions', ref('base_user_actions')) }}
