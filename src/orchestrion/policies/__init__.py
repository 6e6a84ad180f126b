"""Who ships what, and who orders how much: interchangeable rules, one small file each."""
