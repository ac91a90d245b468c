# Draws panels.svg from panels.csv; gnuplot -e "format='png'" panels.gnuplot draws panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 1215,480 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 486,192 font 'DejaVu Sans,10' background 'white'
}
set output 'panels.' . format
set datafile separator comma
set multiplot
set label 1 'CT; window -160 to 240 HU' at screen 0.5,0.9375 center font ',11'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:3.0-0.5]
set yrange [2.0-0.5:-0.5]
set lmargin at screen 0.0205761316872428
set rmargin at screen 0.3292181069958848
set bmargin at screen 0.1875
set tmargin at screen 0.7083333333333334
set title 'low dose' font ',9' offset 0,-0.7
set cbrange [-160.0:240.0]
set colorbox horizontal user origin screen 0.06172839506172839,0.125 size screen 0.551440329218107,0.03125
set cbtics ('-160 HU' -160.0, '40 HU' 40.0, '240 HU' 240.0) scale 0.3 offset 0,0.7 font ',8'
plot 'panels.csv' index 0 matrix with image
unset label 1
set lmargin at screen 0.345679012345679
set rmargin at screen 0.654320987654321
set bmargin at screen 0.1875
set tmargin at screen 0.7083333333333334
set title 'float' font ',9' offset 0,-0.7
set cbrange [-160.0:240.0]
unset colorbox
plot 'panels.csv' index 1 matrix with image
set lmargin at screen 0.6707818930041153
set rmargin at screen 0.9794238683127572
set bmargin at screen 0.1875
set tmargin at screen 0.7083333333333334
set title 'it''s'."\n".'- 1' font ',9' offset 0,-0.7
set cbrange [-200.0:200.0]
set colorbox horizontal user origin screen 0.7119341563786008,0.125 size screen 0.22633744855967078,0.03125
set cbtics ('-200 HU' -200.0, '0 HU' 0.0, '200 HU' 200.0) scale 0.3 offset 0,0.7 font ',8'
plot 'panels.csv' index 2 matrix with image
unset multiplot
