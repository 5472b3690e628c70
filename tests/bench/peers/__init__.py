"""Other people's pages for the same task, each as small a project as its documentation allows."""
