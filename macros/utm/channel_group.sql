{#- GA4's default channel group (Analytics Help, answer 9756891), the first rule that matches, ahead of
    it one of ours. `source`, `medium` and `campaign` are cleaned (lower-case, `_` for other signs);
    `category` is Google's category of the source. -#}
{% macro channel_group(source, medium, campaign, category) -%}
    {%- set is_paid = matches_whole("coalesce(" ~ medium ~ ", '')", '(.*cp.*|ppc|retargeting|paid.*)') -%}
    {%- set is_shopping = matches_whole("coalesce(" ~ campaign ~ ", '')", '(.*(([^a-df-z]|^)shop|shopping).*)') -%}
    case
        -- ours: an AI assistant sent the visitor
        when {{ medium }} = 'ai' then 'AI Assistant'
        -- "Source exactly matches '(direct)' AND Medium is one of ('(not set)', '(none)')"
        when {{ source }} = 'direct' and coalesce({{ medium }}, 'none') = 'none' then 'Direct'
        -- "Campaign Name contains 'cross-network'"
        when {{ campaign }} like '%cross-network%' then 'Cross-network'
        -- "Source matches a list of shopping sites OR Campaign Name matches regex … AND Medium matches regex …"
        when ({{ category }} = 'shopping' or {{ is_shopping }}) and {{ is_paid }} then 'Paid Shopping'
        -- "Source matches a list of search sites AND Medium matches regex …"
        when {{ category }} = 'search' and {{ is_paid }} then 'Paid Search'
        -- "Source matches a list of social sites AND Medium matches regex …"
        when {{ category }} = 'social' and {{ is_paid }} then 'Paid Social'
        -- "Source matches a list of video sites AND Medium matches regex …"
        when {{ category }} = 'video' and {{ is_paid }} then 'Paid Video'
        -- "Medium is one of ('display', 'banner', 'expandable', 'interstitial', 'cpm')"
        when {{ medium }} in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
        -- "Medium matches regex …" (paid, of no list above)
        when {{ is_paid }} then 'Paid Other'
        -- "Source matches a list of shopping sites OR Campaign name matches regex …"
        when {{ category }} = 'shopping' or {{ is_shopping }} then 'Organic Shopping'
        -- "Source matches a regex list of social sites OR Medium is one of ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')"
        when {{ category }} = 'social' or {{ medium }} in ('social', 'social-network', 'social-media', 'sm', 'social_network', 'social_media') then 'Organic Social'
        -- "Source matches a list of video sites OR Medium matches regex ^(.*video.*)$"
        when {{ category }} = 'video' or {{ medium }} like '%video%' then 'Organic Video'
        -- "Source matches a list of search sites OR Medium exactly matches organic"
        when {{ category }} = 'search' or {{ medium }} = 'organic' then 'Organic Search'
        -- "Medium is one of ('referral', 'app', or 'link')"
        when {{ medium }} in ('referral', 'app', 'link') then 'Referral'
        -- "Source = email|e-mail|e_mail|e mail OR Medium = email|e-mail|e_mail|e mail", the whole value
        when {{ source }} in ('email', 'e-mail', 'e_mail') or {{ medium }} in ('email', 'e-mail', 'e_mail') then 'Email'
        -- "Medium = affiliate"
        when {{ medium }} = 'affiliate' then 'Affiliates'
        -- "Medium exactly matches audio"
        when {{ medium }} = 'audio' then 'Audio'
        -- "Source exactly matches sms OR Medium exactly matches sms"
        when {{ source }} = 'sms' or {{ medium }} = 'sms' then 'SMS'
        -- "Medium ends with 'push' OR Medium contains 'mobile' or 'notification' OR Source exactly matches 'firebase'"
        when {{ medium }} like '%push' or {{ medium }} like '%mobile%' or {{ medium }} like '%notification%' or {{ source }} = 'firebase'
            then 'Mobile Push Notifications'
        else 'Unassigned'
    end
{%- endmacro %}

{#- The last two labels of a host, three below an ending such as com.ua: what two hosts must share for
    one to be the other's suffix, if neither is such an ending. -#}
{% macro last_labels(host) -%}
    {{ extract_group(host, '((?:[^.]*[.])?(?:com?|net?|org?)[.][a-z]{2}|[^.]*[.]?[^.]*)$') }}
{%- endmacro %}
