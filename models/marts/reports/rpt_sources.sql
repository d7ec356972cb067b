{{ performance_by(['utm_source']) }}
