# Draws exponents-panels.svg from exponents-panels.csv; gnuplot -e "format='png'" exponents-panels.gnuplot draws exponents-panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 1215,605 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 486,242 font 'DejaVu Sans,10' background 'white'
}
set output 'exponents-panels.' . format
set datafile separator comma
set multiplot
set label 1 'Exponents in clear; window -1024 to 1500 HU' at screen 0.5,0.9504132231404959 center font ',11'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:64.0-0.5]
set yrange [64.0-0.5:-0.5]
set lmargin at screen 0.0205761316872428
set rmargin at screen 0.3292181069958848
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'original' font ',9' offset 0,-0.7
set cbrange [-1024.0:1500.0]
set colorbox horizontal user origin screen 0.06172839506172839,0.09917355371900827 size screen 0.8765432098765432,0.024793388429752067
set cbtics ('-1024 HU' -1024.0, '238 HU' 238.0, '1500 HU' 1500.0) scale 0.3 offset 0,0.7 font ',8'
plot 'exponents-panels.csv' index 0 matrix with image
unset label 1
set lmargin at screen 0.345679012345679
set rmargin at screen 0.654320987654321
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'exponents' font ',9' offset 0,-0.7
set cbrange [-1024.0:1500.0]
unset colorbox
plot 'exponents-panels.csv' index 1 matrix with image
set lmargin at screen 0.6707818930041153
set rmargin at screen 0.9794238683127572
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'exponents and images' font ',9' offset 0,-0.7
set cbrange [-1024.0:1500.0]
unset colorbox
plot 'exponents-panels.csv' index 2 matrix with image
unset multiplot
