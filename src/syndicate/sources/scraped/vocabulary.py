"""Words of bylines and dates in many languages: data for `byline` and `dates`."""

from __future__ import annotations

BY = (
    "by|written by|words by|posted by|published by|story by|reported by|reporting by|article by|text by|"
    "author|from our correspondent|von|ein beitrag von|eine analyse von|ein kommentar von|verfasst von|"
    "geschrieben von|veröffentlicht von|text von|autor|autorin|par|écrit par|publié par|rédigé par|"
    "propos recueillis par|por|escrito por|publicado por|redactado por|texto de|di|a cura di|scritto da|"
    "pubblicato da|testo di|articolo di|door|geschreven door|gepubliceerd door|tekst door|av|skriven av|"
    "publicerad av|publisert av|skrevet av|af|kirjoittaja|kirjoittanut|napisał|napisała|autor tekstu|"
    "opublikowane przez|napsal|napsala|od|автор|авторы|автори|текст|yazan|yazar|haber|muhabir|بقلم|كتب|"
    "كتبت|إعداد|الكاتب|الكاتبة|تحرير|نویسنده|מאת|מאת הכתב|כותב|כתבה|γράφει|γράφει ο|γράφει η|του|της|"
    "από τον|από την|ρεπορτάζ|लेखक|लेखिका|रिपोर्ट|文|文 写真|取材 文|著者|筆者|執筆|執筆者|記者|作者|记者|"
    "本报记者|本報記者|本刊记者|特约记者|撰文|撰稿|文字|글|글쓴이|기자|작성자|de|szerző|írta|tác giả|bài|"
    "oleh|penulis|reporter|autori|autores|auteurs|auteur|autore|autrice|autora|auteure|toimittaja|"
    "journalist|redakteur|текст и фото|text och foto|tekst og foto|text und fotos|text|texte|texto|testo|"
    "tekst|words|story|reporting|authors|autoren|auteur s|text a foto|tekst i zdjęcia|report"
)
"""What a name follows, in bylines."""

NOUNS = (
    "text|texte|texto|testo|tekst|words|story|reporting|текст|haber|文|글|bài|author|autor|reporter|文字|"
    "記者|记者|तस्वीर|od|de|journalist|του|της|report|文 写真|texto de|كتب|كتبت|إعداد|تحرير"
)
"""Those of `BY` that are common words: only with a colon, or before a name in another script."""

PUBLISHED = (
    "published|published on|published at|publication date|date|date published|posted|posted on|posted at|"
    "first published|first published on|created|created on|on|issued|release date|released|dated|"
    "veröffentlicht|veröffentlicht am|erschienen|erschienen am|publiziert|publiziert am|stand|datum|"
    "erstellt|erstellt am|am|vom|publié|publié le|publiée le|date de publication|mis en ligne le|"
    "mis en ligne|posté le|paru le|créé le|le|publicado|publicado el|publicada|publicada el|publicado en|"
    "fecha de publicación|fecha|creado|el|publicado em|publicada em|publicado a|data de publicação|data|"
    "em|criado em|postado em|pubblicato|pubblicato il|pubblicata il|data di pubblicazione|creato il|il|"
    "uscito il|gepubliceerd|gepubliceerd op|geplaatst|geplaatst op|publicatiedatum|op|opublikowano|"
    "opublikowany|data publikacji|data dodania|dodano|dodane|utworzono|publikacja|dnia|publicerad|"
    "publicerat|publicerades|publicerad den|skapad|den|publisert|publisert den|opprettet|udgivet|"
    "offentliggjort|publiceret|d|julkaistu|publikováno|zveřejněno|vydáno|vloženo|datum vydání|dne|"
    "publikované|zverejnené|pridané|опубликовано|дата публикации|дата|опубликована|размещено|создано|"
    "публикация|публикувано|публикувана|објављено|опубліковано|дата публікації|оприлюднено|yayınlanma|"
    "yayınlanma tarihi|yayın tarihi|yayımlanma tarihi|yayınlandı|giriş|giriş tarihi|oluşturulma tarihi|"
    "tarih|eklenme tarihi|نشر|نشر في|نشر بتاريخ|نُشر في|تاريخ النشر|تم النشر|تم النشر في|التاريخ|بتاريخ|"
    "تاریخ انتشار|פורסם|פורסם ב|פורסם בתאריך|תאריך פרסום|תאריך|פורסם ב תאריך|δημοσιεύτηκε|δημοσιεύθηκε|"
    "δημοσίευση|ημερομηνία|ημερομηνία δημοσίευσης|δημοσιεύτηκε στις|δημοσιεύθηκε στις|στις|प्रकाशित|"
    "प्रकाशित तिथि|प्रकाशन तिथि|प्रकाशन|पब्लिश|公開|公開日|公開日時|掲載|掲載日|掲載日時|投稿|投稿日|"
    "投稿日時|配信|配信日|配信日時|発行日|日付|作成日|初回公開日|发布|發布|发布时间|發布時間|发布日期|"
    "發布日期|發佈時間|發佈日期|发表时间|发表于|發表於|发布于|發佈於|發布於|时间|時間|日期|刊登|上稿|"
    "出版|发稿时间|입력|기사입력|기사 입력|등록|등록일|게재|작성|작성일|발행|발행일|승인|최초 입력|송고|"
    "송고시간|publicat|publicat la|publicat în|data publicării|megjelent|közzétéve|publikálva|đăng|"
    "ngày đăng|đăng lúc|xuất bản|ngày|diterbitkan|dipublikasikan|terbit|tayang|objavljeno|publicat el|"
    "เผยแพร่"
)
"""What a date of publication follows."""

UPDATED = (
    "updated|updated on|updated at|last updated|last updated on|last updated at|last update|modified|"
    "last modified|modified on|last modified on|edited|and updated|revised|aktualisiert|aktualisiert am|"
    "zuletzt aktualisiert|zuletzt aktualisiert am|letzte aktualisierung|aktualisierung|geändert|"
    "geändert am|zuletzt geändert|zuletzt geändert am|update|mis à jour|mis à jour le|mise à jour|"
    "mise à jour le|modifié|modifié le|dernière mise à jour|dernière modification|"
    "dernière mise à jour le|actualisé le|et mis à jour le|maj|maj le|actualizado|actualizado el|"
    "actualizada|actualizada el|última actualización|actualización|modificado|modificado el|atualizado|"
    "atualizado em|atualizada em|última atualização|última atualização em|atualizado a|modificado em|"
    "atualização|aggiornato|aggiornato il|aggiornata il|ultimo aggiornamento|modificato il|"
    "ultima modifica|aggiornamento|bijgewerkt|bijgewerkt op|laatst bijgewerkt|laatst bijgewerkt op|"
    "laatste update|gewijzigd|gewijzigd op|aangepast|aangepast op|aktualizacja|zaktualizowano|"
    "ostatnia aktualizacja|data aktualizacji|aktualizowano|uppdaterad|uppdaterat|uppdaterades|"
    "senast uppdaterad|uppdaterad den|oppdatert|sist oppdatert|oppdatert den|opdateret|sidst opdateret|"
    "senest opdateret|opdateret den|päivitetty|muokattu|viimeksi päivitetty|aktualizováno|aktualizace|"
    "naposledy aktualizováno|upraveno|aktualizované|обновлено|дата обновления|обновлена|"
    "последнее обновление|изменено|обновление|обновена|обновено|ажурирано|оновлено|дата оновлення|"
    "останнє оновлення|оновлення|güncelleme|güncelleme tarihi|güncellendi|son güncelleme|"
    "güncellenme tarihi|güncellenme|تحديث|آخر تحديث|حدث في|تم التحديث|تاريخ التحديث|عدل في|آخر تعديل|"
    "به روز رسانی|עודכן|עדכון אחרון|עודכן לאחרונה|עודכן ב|עודכן בתאריך|ενημέρωση|τελευταία ενημέρωση|"
    "ενημερώθηκε|ενημερώθηκε στις|अपडेट|अपडेटेड|अंतिम अपडेट|अद्यतन|更新|更新日|更新日時|最終更新|最終更新日|"
    "最終更新日時|更新时间|更新時間|更新日期|更新于|更新於|最后更新|最後更新|修改时间|编辑时间|수정|"
    "기사수정|기사 수정|최종수정|최종 수정|업데이트|수정일|최종 업데이트|actualizat|actualizat la|"
    "ultima actualizare|actualizat în|frissítve|frissült|frissítés|utolsó frissítés|cập nhật|"
    "cập nhật lúc|diperbarui|terakhir diperbarui|ažurirano|actualitzat"
)
"""What a date of revision follows."""

DAYS = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat|"
    "sun|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so|"
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|"
    "domingo|segunda feira|terça feira|quarta feira|quinta feira|sexta feira|segunda|terça|quarta|quinta|"
    "sexta|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|maandag|dinsdag|woensdag|donderdag|"
    "vrijdag|zaterdag|zondag|poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela|måndag|tisdag|"
    "onsdag|torsdag|fredag|lördag|söndag|mandag|tirsdag|lørdag|søndag|maanantai|tiistai|keskiviikko|"
    "torstai|perjantai|lauantai|sunnuntai|pondělí|úterý|středa|čtvrtek|pátek|neděle|pondelok|utorok|"
    "streda|štvrtok|piatok|nedeľa|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|пн|вт|ср|"
    "чт|пт|сб|вс|понеділок|вівторок|середа|четвер|пʼятниця|пятниця|субота|неділя|pazartesi|salı|çarşamba|"
    "perşembe|cuma|cumartesi|pazar|الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|الأحد|יום ראשון|"
    "יום שני|יום שלישי|יום רביעי|יום חמישי|יום שישי|יום שבת|שבת|δευτέρα|τρίτη|τετάρτη|πέμπτη|παρασκευή|"
    "σάββατο|κυριακή|सोमवार|मंगलवार|बुधवार|गुरुवार|शुक्रवार|शनिवार|रविवार|月|火|水|木|金|土|日|月曜日|火曜日|"
    "水曜日|木曜日|金曜日|土曜日|日曜日|月曜|火曜|水曜|木曜|金曜|土曜|日曜|星期一|星期二|星期三|星期四|"
    "星期五|星期六|星期日|星期天|周一|周二|周三|周四|周五|周六|周日|週一|週二|週三|週四|週五|週六|週日|"
    "월|화|수|목|금|토|일|월요일|화요일|수요일|목요일|금요일|토요일|일요일|thứ hai|thứ ba|thứ tư|thứ năm|"
    "thứ sáu|thứ bảy|chủ nhật|senin|selasa|rabu|kamis|jumat|sabtu|minggu|luni|marți|miercuri|joi|vineri|"
    "sâmbătă|duminică|hétfő|kedd|szerda|csütörtök|péntek|szombat|vasárnap"
)
"""Names of the days, beside dates."""

LINKS = (
    "at|on|um|uhr|uur|a|à|le|el|il|am|den|and|und|et|y|e|i|och|og|и|та|و|και|の|h|hrs|local time|time|"
    "ist|в|o|op|em|года|г|p|г р|tarihinde|كتب|م|هـ|the|του|στις|ב|बजे|को|la|als|klo|kl|dne|v|o godz|に|付|"
    "年|r|roku|של|ng"
)
"""Words that link the parts of a byline or date line, and say nothing."""

MONTHS = (
    (
        "january jan janvier janv januar jänner enero ene janeiro gennaio gen januari januára január januara "
        "ianuarie ian styczeń stycznia sty leden ledna tammikuu tammikuuta января январь янв січня січень "
        "січ ocak oca يناير كانون_الثاني جانفي ינואר ιανουαρίου ιανουάριος ιαν जनवरी มกราคม ม.ค. януари "
        "јануар gener"
    ),
    (
        "february feb februar février fév févr febrero fevereiro fev febbraio februari februára február "
        "februarie luty lutego lut únor února helmikuu helmikuuta февраля февраль фев февр лютого лютий лют "
        "şubat şub فبراير شباط فيفري פברואר φεβρουαρίου φεβρουάριος φεβ फरवरी फ़रवरी กุมภาพันธ์ ก.พ. февруари "
        "фебруар febrer"
    ),
    (
        "march mar mars märz mär mrz marzo março maart mrt marts marzec marca březen března maaliskuu "
        "maaliskuuta márc március maret martie марта март мар березня березень бер mart مارس آذار מרץ מרס "
        "μαρτίου μάρτιος μαρ मार्च มีนาคม มี.ค. març"
    ),
    (
        "april apr avril avr abril abr aprile kwiecień kwietnia kwi duben dubna apríl apríla huhtikuu "
        "huhtikuuta április ápr aprilie апреля апрель апр квітня квітень кві nisan nis أبريل إبريل نيسان "
        "أفريل אפריל απριλίου απρίλιος απρ अप्रैल เมษายน เม.ย. април"
    ),
    (
        "may mai mayo maio maggio mag mei maj květen května máj mája toukokuu toukokuuta május мая май "
        "травня травень тра mayıs مايو أيار ماي מאי μαΐου μάιος μαι मई พฤษภาคม พ.ค. мај maig maja"
    ),
    (
        "june jun juin juni junio junho giugno giu czerwiec czerwca cze červen června jún júna kesäkuu "
        "kesäkuuta június iunie iun июня июнь июн червня червень чер haziran haz يونيو حزيران جوان יוני "
        "ιουνίου ιούνιος ιουν जून มิถุนายน มิ.ย. юни јун juny"
    ),
    (
        "july jul juillet juil juli julio julho luglio lug lipiec lipca lip červenec července júl júla "
        "heinäkuu heinäkuuta július iulie iul июля июль июл липня липень лип temmuz tem يوليو يوليوز تموز "
        "جويلية יולי ιουλίου ιούλιος ιουλ जुलाई กรกฎาคม ก.ค. юли јул juliol"
    ),
    (
        "august aug août aout agosto ago augusti augustus sierpień sierpnia sie srpen srpna augusta elokuu "
        "elokuuta augusztus agustus agt августа август авг серпня серпень сер ağustos ağu أغسطس آب أوت غشت "
        "אוגוסט αυγούστου αύγουστος αυγ अगस्त สิงหาคม ส.ค. agost"
    ),
    (
        "september sept sep septembre septiembre setiembre setembro set settembre wrzesień wrzesnia września "
        "wrz září septembra syyskuu syyskuuta szeptember szept septembrie сентября сентябрь сен сент вересня "
        "вересень вер eylül eyl سبتمبر أيلول شتنبر ספטמבר σεπτεμβρίου σεπτέμβριος σεπ σεπτ सितंबर सितम्बर "
        "กันยายน ก.ย. септември септембар setembre"
    ),
    (
        "october oct oktober okt octobre octubre outubro out ottobre ott październik października paź říjen "
        "října október októbra lokakuu lokakuuta octombrie октября октябрь окт жовтня жовтень жов ekim eki "
        "أكتوبر تشرين_الأول אוקטובר οκτωβρίου οκτώβριος οκτ अक्टूबर अक्तूबर ตุลาคม ต.ค. октомври октобар"
    ),
    (
        "november nov novembre noviembre novembro listopad listopada lis listopadu novembra marraskuu "
        "marraskuuta noiembrie ноября ноябрь ноя нояб листопада kasım kas نوفمبر تشرين_الثاني نونبر נובמבר "
        "νοεμβρίου νοέμβριος νοε नवंबर नवम्बर พฤศจิกายน พ.ย. ноември новембар"
    ),
    (
        "december dec dezember dez décembre déc diciembre dic dezembro dicembre desember des grudzień "
        "grudnia gru prosinec prosince decembra joulukuu joulukuuta decembrie декабря декабрь дек грудня "
        "грудень гру aralık ara ديسمبر كانون_الأول دجنبر דצמבר δεκεμβρίου δεκέμβριος δεκ दिसंबर दिसम्बर ธันวาคม "
        "ธ.ค. декември децембар desembre"
    ),
)
"""Names, genitives and short forms, January first; `_` stands for a space.

A name that means different months in two languages (listopad: November, but October in Croatian) is read
as in the language with more readers.
"""
