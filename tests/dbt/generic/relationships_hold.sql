{#- Fails for a value of `column` that `to` does not have; a missing value points nowhere and is fine. -#}
{% test relationships_hold(model, column, to, field) %}

select children.{{ column }}
from {{ model }} as children
left join {{ to }} as parents on children.{{ column }} = parents.{{ field }}
where children.{{ column }} is not null and parents.{{ field }} is null

{% endtest %}
