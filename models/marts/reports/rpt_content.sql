{{ performance_by(['utm_content', 'utm_campaign', 'utm_source']) }}
