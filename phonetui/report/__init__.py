"""Reports on a period, as one page for people.

archive or recording ──► fleet_report ◄── call_figures, phone_figures       figures: values in, values out
                              │
                              ├──► json_object
                              └──► sections ──► markdown, html_page ◄── charts      the same words and tables in each
"""
