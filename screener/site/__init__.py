"""Static pages of the whole base, in English and Korean, with search and a screening of holdings in the browser."""
