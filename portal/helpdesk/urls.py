"""The doors of the helpdesk."""

from django.urls import path

from portal.helpdesk import (
    act_views,
    approval_views,
    audit_views,
    check_views,
    doctor_views,
    guide_views,
    number_views,
    people_views,
    views,
)

app_name = "helpdesk"

urlpatterns = [
    path("", views.home, name="home"),
    path("enter/", views.enter, name="enter"),
    path("leave/", views.leave, name="leave"),
    path("audit/", audit_views.search, name="audit"),
    path("audit/table.csv", audit_views.table, name="audit_table"),
    path("audit/<uuid:record>/", audit_views.one, name="audit_row"),
    path("numbers/", number_views.page, name="numbers"),
    path("numbers/table.csv", number_views.table, name="numbers_table"),
    path("doctor/", doctor_views.doctor, name="doctor"),
    path("find/", people_views.find, name="find"),
    path("people/<uuid:sub>/", people_views.person, name="person"),
    path("people/<uuid:sub>/devices/", people_views.devices, name="devices"),
    path("people/<uuid:sub>/sessions/", people_views.sessions, name="sessions"),
    path("people/<uuid:sub>/history/", people_views.timeline, name="timeline"),
    path("people/<uuid:sub>/why/", people_views.why_not, name="why_not"),
    path("people/<uuid:sub>/do/<slug:act>/", act_views.act, name="act"),
    path("people/<uuid:sub>/done/<uuid:receipt>/", act_views.receipt, name="receipt"),
    path("people/<uuid:sub>/steps/<uuid:compound>/", act_views.compound, name="compound"),
    path("cases/", act_views.cases, name="cases"),
    path("cases/<slug:number>/close/", act_views.close_case, name="close_case"),
    path("check/<uuid:sub>/", check_views.check, name="check"),
    path("check/<uuid:sub>/ask/<slug:way>/", check_views.ask, name="ask_proof"),
    path("check/<uuid:sub>/answer/<slug:way>/", check_views.answer, name="answer_proof"),
    path("check/<uuid:sub>/in-person/", check_views.in_person, name="in_person"),
    path("check/<uuid:sub>/close/", check_views.close, name="close_check"),
    path("guide/", guide_views.choose, name="guide"),
    path("guide/<slug:situation>/", guide_views.general, name="script"),
    path("guide/<slug:situation>/<uuid:sub>/", guide_views.for_person, name="script_for"),
    path("approvals/", approval_views.queue, name="approvals"),
    path("approvals/ask/<uuid:sub>/<slug:act>/", approval_views.ask, name="ask_approval"),
    path("approvals/<uuid:approval>/", approval_views.decide, name="decide"),
    path("approvals/<uuid:approval>/withdraw/", approval_views.withdraw, name="withdraw"),
    path("break-glass/<uuid:sub>/<slug:act>/", approval_views.break_glass, name="break_glass"),
]
