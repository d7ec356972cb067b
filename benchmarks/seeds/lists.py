"""Makes utm_placeholders, payment_hosts and mail_hosts: `python benchmarks/seeds/lists.py`.

No public list has them. Placeholders are those that the ad platforms' pages on URL parameters
document; payment and mail hosts are our own knowledge, by kind. Change them here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[2] / "seeds"

PLACEHOLDERS = {
    "Meta: URL parameters": """
        account.id account.name ad.id ad.name adset.id adset.name campaign.id campaign.name
        placement site_source_name""",
    "Google Ads: ValueTrack parameters": """
        adgroupid adid adposition adtype campaignid campaignname creative device devicemodel
        extensionid feeditemid gad_source gbraid gclid ifcontent ifmobile ifnotmobile ifsearch
        keyword loc_interest_ms loc_physical_ms lpurl lpurl+2 lpurl+3 matchtype merchant_id
        network param1 param2 placement product_channel product_country product_id
        product_language product_partition_id random searchterm store_code target targetid
        unescapedlpurl url wbraid""",
    "Google: Campaign Manager, Display and Video 360": """
        advertiser_id campaign_id creative_id insertion_order_id line_item_id placement_id
        site_id""",
    "TikTok: URL macros": """
        adgroup_id adgroup_name advertiser_id aid aid_name campaign_id campaign_name cid
        cid_name click_id clickid csite csite_name ctype idfa callback_param placement adid""",
    "Microsoft Advertising: dynamic parameters": """
        adid adgroup adgroupid bidmatchtype campaign campaignid device feeditemid ifmobile
        ifnative ifpla ifsearch keyword keyword:default loc_interest_ms loc_physical_ms lpurl
        matchtype msclkid network orderitemid querystring targetid""",
    "Pinterest: dynamic tracking": """
        ad_group_id adgroupid adgroupname adid advertiser_id campaign_id campaign_name
        campaignid campaignname creative_id device item_id keyword lpurl product_id product_name
        product_partition_id promoted_pin_id""",
    "LinkedIn: dynamic UTM parameters": """
        account_id account_name campaign_group_id campaign_group_name campaign_id campaign_name
        creative_id creative_name""",
    "Snapchat: URL macros": """
        ad.id ad.name adset.id adset.name adsquad.id adsquad.name campaign.id campaign.name
        creative.headline creative.id creative.name publisher_id site_source_name""",
    "Reddit, X, Yandex Direct, VK, Taboola, Outbrain": """
        ad_id ad_name ad_title addphrases adgroup_id adset_id banner_id banner_name
        campaign_item_id campaign_name_lat campaign_type cpc device_type gbid geo phrase_id
        platform position position_type post_id publisher_id publisher_name region_id
        region_name retargeting_id section_id section_name site site_domain source source_type
        thumbnail timestamp title tweet_id""",
    "tag builders": """
        adname adsetid adsetname campaign_source campaign_medium content keyword.text medium
        source term utm_campaign utm_content utm_medium utm_source utm_term""",
}

PAYMENTS = {
    "gateways of Ukraine": """
        easypay.ua evopay.com.ua fondy.eu fondy.io fondy.ua hutko.org interkassa.com ipay.ua
        leogaming.net liqpay.com liqpay.ua mbnk.biz nova.pay novapay.ua pay2.me plata.ua
        platon.ua portmone.com portmone.com.ua rozetkapay.com solidgate.com tranzzo.com
        unlimint.com upc.ua wayforpay.com""",
    "banks of Ukraine": """
        abank.com.ua accordbank.com.ua alfabank.ua bankvostok.com.ua concord.ua
        creditagricole.ua credit-agricole.ua globusbank.com.ua izibank.com.ua kredobank.com.ua
        mono.ua monobank.ua mtb.ua oschadbank.ua otpbank.com.ua pivdenny.ua privat24.ua
        privatbank.ua procreditbank.com.ua pumb.ua raiffeisen.ua sensebank.com.ua sensebank.ua
        sportbank.ua taskombank.ua tascombank.ua ukrgasbank.com ukrsibbank.com
        universalbank.com.ua""",
    "delivery that takes the money": """
        meest.com meestposhta.com.ua novaposhta.ua novapost.com rozetkadelivery.com.ua
        ukrposhta.ua""",
    "3-D Secure": """
        3dsecure.az 3dsecure.io 3dsecure.no acs.touch-bank.com arcot.com cardinalcommerce.com
        cardcenter.ch clicksafe.lloydstsb.com emvacs.com marqeta-3ds.com modirum.com
        mycardsecure.com netcetera.com rsa3dsauth.co.uk rsa3dsauth.com secure3dsecure.com
        securecode.com securesuite.co.uk securesuite.net sia.eu sicher-bezahlen.sparkasse.de
        verifiedbyvisa.com viseca.ch wlp-acs.com""",
    "gateways of the world": """
        2c2p.com 2checkout.com 2co.com accept.paymob.com acquired.com adyen.com
        adyenpayments.com airwallex.com alphaecommerce.gr assist.ru authorize.net axerve.com
        bambora.com barion.com bluesnap.com braintreegateway.com braintreepayments.com
        buckaroo.nl cashfree.com ccavenue.com checkout.com cloudpayments.ru comgate.cz
        computop-paygate.com computop.com concardis.com conekta.com cybersource.com
        datatrans.biz datatrans.com dlocal.com dodopayments.com dotpay.pl ebanx.com ecpay.com.tw
        elavon.com epay.bg epay.dk everypay.ee everypay.gr eway.com.au fastspring.com
        flutterwave.com gestpay.net globalpay.com globalpayments.com gocardless.com gopay.com
        gopay.cz gpwebpay.com heidelpay.com hipay.com imoje.pl ingenico.com instamojo.com
        iyzico.com iyzipay.com kevin.eu lemonsqueezy.com lyra.com maib.md mangopay.com
        mercadopago.cl mercadopago.com mercadopago.com.ar mercadopago.com.br mercadopago.com.co
        mercadopago.com.mx mercadopago.com.pe midtrans.com mollie.com monei.com montonio.com
        mpay24.com multisafepay.com myfatoorah.com nets.eu netaxept.com nexi.it nuvei.com
        ogone.com omise.co onepay.vn opayo.co.uk paddle.com paddle.net pagar.me pagseguro.com.br
        pagseguro.uol.com.br pay.nl paybox.com payex.com payfast.co.za payfort.com paygate.co.za
        payline.com paymaya.com paymentwall.com paymob.com payone.com payplug.com payrexx.com
        paysafe.com paysafecard.com paysera.com paystack.com paytabs.com paythefly.com paytr.com
        payu.com payu.cz payu.hu payu.in payu.pl payu.ro paynow.pl payzen.eu peachpayments.com
        pelecard.biz przelewy24.pl qiwi.com quickpay.net rapyd.net raiaccept.com razorpay.com
        realexpayments.com redsys.es robokassa.com robokassa.ru sagepay.com saferpay.com
        securepay.com.au shift4.com simplepay.hu six-payment-services.com skrill.com
        sogenactif.com sslcommerz.com stripe.com sumup.com systempay.fr tap.company tpay.com
        tranzila.com unitpay.ru unzer.com viva.com vivapayments.com vivawallet.com vnpayment.vn
        wallee.com wepay.com whitepay.com windcave.com worldline-solutions.com worldpay.com
        xendit.co xpay.nexigroup.com yookassa.ru yoomoney.ru zooz.com""",
    "wallets": """
        alipay.com amazonpay.com applepay.apple.com bkash.com gcash.com kakaopay.com link.com
        mobilepay.dk mobilepay.fi momo.vn neteller.com pay.amazon.co.uk pay.amazon.com
        pay.amazon.de pay.amazon.es pay.amazon.fr pay.amazon.it pay.google.com pay.line.me
        pay.naver.com payments.amazon.com payments.google.com paypal.com paypal.me paypay.ne.jp
        paytm.com paytm.in pay.shopify.com checkout.shopify.com shop.app phonepe.com
        satispay.com swish.nu twint.ch unionpay.com venmo.com vipps.no wallet.google.com""",
    "instalments": """
        affirm.com afterpay.com alma.eu atome.sg billie.io clearpay.co.uk clearpay.com
        cofidis.es cofidis.fr floapay.com humm-group.com in3.nl klarna.com klarnacdn.net
        klarnapayments.com laybuy.com oney.fr oney.io openpay.com.au pagantis.com paidy.com
        postpay.io ratepay.com riverty.com afterpay.nl scalapay.com sequra.es sezzle.com
        splitit.com tabby.ai tamara.co twisto.cz zip.co zilch.com walley.com walleypay.com
        collectorbank.se billmate.se""",
    "transfers from the bank": """
        blik.com eps-ueberweisung.at giropay.de ideal.nl multibanco.pt mybank.eu paydirekt.de
        sofort.com tink.com token.io trustly.com trustly.net truelayer.com wero-wallet.eu
        kaspi.kz epay.kz halykbank.kz tbcbank.ge bog.ge paynet.md""",
}

MAIL = {
    "gmail googlemail": "com",
    "ukr": "net",
    "i email meta online inbox mail.i": "ua",
    "bigmir": "net",
    "mail.bigmir": "net",
    "yahoo": """
com ca co.uk co.in co.id co.jp co.kr co.nz co.th co.za com.ar com.au com.br com.cn com.hk com.mx
com.my com.ph com.sg com.tr com.tw com.vn cz de dk es fi fr gr hu ie in it nl no pl pt ro se""",
    "ymail rocketmail myyahoo": "com",
    "hotmail": "com be ca ch co.jp co.uk com.ar com.au com.br com.tr de dk es fi fr gr hu it nl no "
    "se",
    "outlook": "com at be cl co.id co.th com.ar com.au com.br com.gr com.tr com.vn cz de dk es fr "
    "hu ie in it jp kr lv my ph pt ro sa se sg sk",
    "live": "com at be ca cl cn co.uk co.za com.ar com.au com.mx com.pt de dk fi fr hk ie in it jp "
    "nl no ru se",
    "msn passport windowslive": "com",
    "icloud me mac": "com",
    "mail bk list inbox internet rambler autorambler myrambler lenta ro ya": "ru",
    "yandex": "ru com ua by kz uz com.tr az",
    "gmx": "at ch co.uk com de es eu fr info it net org us",
    "web t-online freenet arcor 1und1 mail posteo mailbox online email": "de",
    "mailbox": "org",
    "posteo": "net",
    "aol": "com co.uk de es fr it",
    "aim verizon comcast cox charter sbcglobal bellsouth earthlink juno optonline frontier "
    "windstream roadrunner netzero": "com net",
    "att": "net",
    "proton": "me",
    "protonmail": "com ch",
    "pm": "me",
    "tutanota": "com de",
    "tuta": "com io",
    "tutamail fastmail hushmail mail email inbox usa zoho zohomail hey mailfence runbox": "com",
    "fastmail": "fm",
    "duck simplelogin privaterelay.appleid mozmail": "com",
    "orange wanadoo free sfr neuf laposte bbox numericable": "fr",
    "libero virgilio tiscali alice tin tim fastwebnet aruba poste hotmail": "it",
    "wp o2 onet interia op vp tlen poczta gazeta buziaczek": "pl",
    "poczta.onet": "pl eu",
    "onet": "eu",
    "interia": "eu",
    "seznam centrum atlas email post volny": "cz",
    "azet zoznam centrum post": "sk",
    "abv mail": "bg",
    "dir": "bg",
    "freemail citromail indamail t-online vipmail": "hu",
    "inbox one mail": "lv",
    "inbox": "lt",
    "mail hot online": "ee",
    "tut": "by",
    "mail.tut": "by",
    "mail nur": "kz",
    "btinternet btopenworld sky ntlworld virginmedia talktalk": "com net co.uk",
    "virgin": "net",
    "bigpond": "com net.au com.au",
    "optusnet": "com.au",
    "xtra": "co.nz",
    "rogers shaw sympatico telus": "com ca",
    "videotron": "ca",
    "telenet skynet": "be",
    "ziggo home planet kpnmail xs4all hetnet chello upcmail": "nl",
    "bluewin hispeed sunrise": "ch",
    "aon chello": "at",
    "telia comhem": "com se",
    "sapo": "pt",
    "telefonica": "net",
    "uol bol terra ig": "com.br",
    "rediffmail": "com",
    "qq foxmail sina sohu aliyun": "com",
    "163 126 139 yeah": "com net",
    "naver": "com",
    "hanmail daum": "net",
    "docomo ezweb softbank": "ne.jp",
    "walla": "co.il com",
    "mynet": "com",
}
"""Providers by the endings that they are found under."""


def placeholders() -> set[str]:
    """Names of placeholders, also with a `_` for a dot."""
    names = {name for names in PLACEHOLDERS.values() for name in names.split() if "+" not in name}
    return names | {name.replace(".", "_") for name in names}


def payment_hosts() -> set[str]:
    """Hosts of which no other is an ending."""
    hosts = {host for hosts in PAYMENTS.values() for host in hosts.split()}
    return {host for host in hosts if not any(host.endswith("." + other) for other in hosts)}


def mail_hosts() -> set[str]:
    """Hosts of mailboxes."""
    return {
        f"{name}.{ending}"
        for names, endings in MAIL.items()
        for name in names.split()
        for ending in endings.split()
    }


def write(name: str, column: str, values: Iterable[str]) -> None:
    """A seed of one column, sorted."""
    lines = "\n".join([column, *sorted(values)])
    (SEEDS / f"{name}.csv").write_text(f"{lines}\n", encoding="utf-8")


if __name__ == "__main__":
    write("utm_placeholders", "value", placeholders())
    write("payment_hosts", "host", payment_hosts())
    write("mail_hosts", "host", mail_hosts())
