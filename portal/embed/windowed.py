"""The addresses of a window that stands in for a frame: the same pages, under `/w/in/`.

They are apart from a frame's, for by its address a request is known to be a window's: where a
browser keeps the cookies of both together, each has its own all the same.
"""

from django.urls import include, path

from portal.embed import framed, views

handler404 = framed.handler404
handler500 = framed.handler500

# What a frame's pages name by `embed:`; it begins, and speaks with its host, elsewhere.
SAME = [
    path("theme.css", views.theme_css, name="theme"),
    path("window", views.prepare_window, name="window"),
    path("over/", views.over, name="over"),
]

urlpatterns = [
    path("w/over/", views.over, name=framed.OVER),
    path("w/", include((SAME, "embed"))),
    path("w/in/", include(framed.pages())),
    path("w/", include("portal.embed.window_urls")),
]
