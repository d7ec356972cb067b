{{ performance_by(['utm_campaign', 'utm_source', 'utm_medium']) }}
