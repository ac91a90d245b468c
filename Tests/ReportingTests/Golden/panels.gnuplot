# Draws panels.svg from panels.csv; gnuplot -e "format='png'" panels.gnuplot draws panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,407 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,163 font 'DejaVu Sans,10' background 'white'
}
set output 'panels.' . format
set datafile separator comma
set multiplot
set label 1 'CT; window -160 to 240 HU' at screen 0.5,0.92638 center font ',10'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:3.0-0.5]
set yrange [2.0-0.5:-0.5]
set lmargin at screen 0.016667
set rmargin at screen 0.32222
set bmargin at screen 0.29448
set tmargin at screen 0.74233
set label 2 'low dose' at screen 0.16944,0.78528 center font ',9'
set cbrange [-160.0:240.0]
set label 3 '40.0 dB' at screen 0.16944,0.24540 center font ',8'
set colorbox horizontal user origin screen 0.072222,0.12270 size screen 0.46667,0.036810
set cbtics ('-160' -160.0, '0' 0.0, '100' 100.0, '240' 240.0) scale 0.3 offset 0,0.6 font ',8'
set label 4 'HU' at screen 0.55556,0.14110 left font ',8'
plot 'panels.csv' index 0 matrix with image
unset label
set lmargin at screen 0.34444
set rmargin at screen 0.65000
set bmargin at screen 0.29448
set tmargin at screen 0.74233
set label 2 'float' at screen 0.49722,0.78528 center font ',9'
set cbrange [-160.0:240.0]
set label 3 '40.0 dB' at screen 0.49722,0.24540 center font ',8'
unset colorbox
plot 'panels.csv' index 1 matrix with image
unset label
set lmargin at screen 0.67222
set rmargin at screen 0.97778
set bmargin at screen 0.29448
set tmargin at screen 0.74233
set label 2 'it''s - 1' at screen 0.82500,0.78528 center font ',9'
set cbrange [-50.0:50.0]
set label 3 '40.0 dB' at screen 0.82500,0.24540 center font ',8'
set colorbox horizontal user origin screen 0.65556,0.12270 size screen 0.26667,0.036810
set cbtics ('-50' -50.0, '0' 0.0, '50' 50.0) scale 0.3 offset 0,0.6 font ',8'
set label 4 'HU' at screen 0.93889,0.14110 left font ',8'
plot 'panels.csv' index 2 matrix with image
unset label
unset multiplot
