"""React on the server: pages with client components in, their HTML by Node out."""
