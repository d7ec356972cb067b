{#- The standard normal distribution's Φ(z), by Hart's rational approximation (Hart et al., Computer
    Approximations, 1968, algorithm 5666, in the double precision form that G. West described in 2005):
    absolute error below 1e-14 over the whole line. -#}
{% macro normal_cdf(z) -%}
    (case when {{ z }} > 0 then 1 - {{ normal_tail(z) }} else {{ normal_tail(z) }} end)
{%- endmacro %}

{#- 1 − Φ(|z|): the mass of one tail. -#}
{% macro normal_tail(z) -%}
    {%- set x = 'abs(cast(' ~ z ~ ' as ' ~ double_type() ~ '))' -%}
    {%- set numerator = [220.206867912376, 221.213596169931, 112.079291497871, 33.912866078383, 6.37396220353165, 0.700383064443688, 0.0352624965998911] -%}
    {%- set denominator = [440.413735824752, 793.826512519948, 637.333633378831, 296.564248779674, 86.7807322029461, 16.064177579207, 1.75566716318264, 0.0883883476483184] -%}
    (case
        when {{ x }} > 37 then 0
        when {{ x }} < 7.07106781186547
            then exp(-{{ x }} * {{ x }} / 2) * {{ polynomial(numerator, x) }} / {{ polynomial(denominator, x) }}
        else exp(-{{ x }} * {{ x }} / 2)
            / ({{ x }} + 1 / ({{ x }} + 2 / ({{ x }} + 3 / ({{ x }} + 4 / ({{ x }} + 0.65))))) / 2.506628274631
    end)
{%- endmacro %}

{#- Horner's form; the first coefficient is the constant. -#}
{% macro polynomial(coefficients, x) -%}
    {%- set form = namespace(text=none) -%}
    {%- for coefficient in coefficients | reverse -%}
        {%- set number = 'cast(' ~ coefficient ~ ' as ' ~ double_type() ~ ')' -%}
        {%- set form.text = number if form.text is none else '(' ~ form.text ~ ' * ' ~ x ~ ' + ' ~ number ~ ')' -%}
    {%- endfor -%}
    {{ form.text }}
{%- endmacro %}
